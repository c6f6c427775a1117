"""Airflow's side: assets, forms, retries, the UI page. The only place that may import airflow."""
