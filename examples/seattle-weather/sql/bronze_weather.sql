-- The file as it came: every column is text, nothing is judged.
SELECT *
FROM read_csv('raw/seattle-weather.csv', header = true, all_varchar = true)
