"""How detections are scored against labels: matching, AP, operating thresholds."""
