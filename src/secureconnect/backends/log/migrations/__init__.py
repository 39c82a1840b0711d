"""How the log's tables came to be; one file a step, run by backends/sql/migrate."""
