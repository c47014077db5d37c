"""The page of trends: a chart of counts or sums over time, and a table of changes."""
