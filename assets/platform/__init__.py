"""How rooms meet Dagster, DuckDB and dbt; knows no rule of receivables."""
