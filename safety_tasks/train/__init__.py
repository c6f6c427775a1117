"""Train: from a valid dataset version and a recipe to a candidate's weights."""

from safety_tasks.train.verb import train_candidate

__all__ = ["train_candidate"]
