"""The one path from a picture to detections, for benchmark, parity and edge alike."""
