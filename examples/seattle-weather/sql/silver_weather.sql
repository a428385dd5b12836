-- Typed and cleaned: one row a day, days without a date or with a maximum below the minimum are left out.
SELECT DISTINCT ON (day)
  strptime(date, '%Y/%m/%d')::DATE AS day,
  year(day)::INTEGER AS year,
  month(day)::INTEGER AS month,
  precipitation::DECIMAL(6, 1) AS precipitation_mm,
  temp_max::DECIMAL(4, 1) AS temp_max_c,
  temp_min::DECIMAL(4, 1) AS temp_min_c,
  wind::DECIMAL(4, 1) AS wind_m_s,
  lower(trim(weather)) AS weather,
  precipitation::DECIMAL(6, 1) > 0 AS is_rainy
FROM bronze.weather
WHERE date IS NOT NULL AND temp_max::DECIMAL(4, 1) >= temp_min::DECIMAL(4, 1)
ORDER BY day
