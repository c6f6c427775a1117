"""Tune: search for a better recipe, here or on SageMaker, over one search space."""
