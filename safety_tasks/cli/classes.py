"""Commands over the class map: classes list, add."""

from typing import Annotated, Final

import typer

from safety_tasks.cli.console import show
from safety_tasks.cli.drawing import draw, for_people, tell

APP: Final = typer.Typer(
    help="See which number means which hazard, and add a hazard at the end.",
    no_args_is_help=True,
)


@APP.command(name="list")
def list_all() -> None:
    """Show the classes with their numbers and the digest that models and devices compare."""
    from safety_tasks.class_map import class_map_digest
    from safety_tasks.config import load_classes

    classes = load_classes()
    if for_people():
        draw(
            f"class map {class_map_digest(classes)[:12]}", ("number#", "hazard"), enumerate(classes)
        )
    else:
        show({"classes": list(classes), "classes_sha256": class_map_digest(classes)})


@APP.command()
def add(
    name: Annotated[str, typer.Argument(help="The new hazard: lower case, as in oil_leak.")],
    profile: Annotated[
        str, typer.Option(help="A table of config/gate.toml to label for; empty: as set.")
    ] = "",
) -> None:
    """Add a hazard: class list, data.yaml, floors and docs, all or none; says what to label next."""
    from safety_tasks.class_map import class_map_digest
    from safety_tasks.cli.class_files import grown_files, guide_of
    from safety_tasks.cli.label_next import steps, support_needed
    from safety_tasks.cli.together import replace_together
    from safety_tasks.config import config_dir, load_classes, load_settings
    from safety_tasks.profiles import load_profile

    config = config_dir().resolve()
    settings = load_settings(config)
    judged = load_profile(profile or settings.retrain.profile, config)
    changed = replace_together(grown_files(config, name))
    classes = load_classes(config)
    needed = support_needed(judged, settings.ingest)
    todo = steps(name, needed, judged.name)
    tell(f"class {len(classes) - 1} is {name}. What to do next:")
    for number, line in enumerate(todo, start=1):
        tell(f"{number}. {line}")
    if not guide_of(config).is_file():
        tell(f"no docs lie beside {config}: none were changed.")
    show(
        {
            "classes": list(classes),
            "classes_sha256": class_map_digest(classes),
            "changed": [str(path) for path in changed],
            "profile": judged.name,
            "label_next": {split: support.to_dict() for split, support in needed.items()},
            "next": list(todo),
        }
    )
