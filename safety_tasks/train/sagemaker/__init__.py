"""Training as a paid job of SageMaker: its input, its request, its image, its result."""
