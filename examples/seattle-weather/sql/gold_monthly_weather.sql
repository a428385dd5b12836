-- One row for each month: what a report shows.
SELECT
  year,
  month,
  count(*)::INTEGER AS days,
  count(*) FILTER (WHERE is_rainy)::INTEGER AS rainy_days,
  sum(precipitation_mm)::DOUBLE AS precipitation_mm,
  round(avg((temp_max_c + temp_min_c) / 2), 2) AS mean_temp_c,
  max(temp_max_c)::DOUBLE AS highest_c,
  min(temp_min_c)::DOUBLE AS lowest_c
FROM silver.weather
GROUP BY year, month
ORDER BY year, month
