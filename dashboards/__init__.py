"""What Grafana shows of the platform: one module per dashboard."""
