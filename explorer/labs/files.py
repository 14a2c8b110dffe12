"""A lab's table on one photo as a file, with all settings of every line."""

from dataclasses import asdict, fields

from explorer.engine.choices import columns_of
from explorer.engine.weights import weights_of
from explorer.export.settings import SOFTWARE
from explorer.labs.columns import ONE_PHOTO
from explorer.labs.lab import Lab
from explorer.labs.times import Times
from explorer.locale.language import tr
from explorer.measuring.rows import as_csv, rate_in_name
from explorer.media.names import mark_of, safe_name
from explorer.shell.session import session
from explorer.shell.table import explained, save_csv

__all__ = ["name_of", "rows", "save", "setting"]


def save(lab: Lab, times: Times) -> None:
    """Draw a button for the scores and times of the panels, and what the columns of its file mean."""
    name = name_of(lab, session().page or "lab")
    save_csv(tr("CSV with all settings"), lambda: as_csv(rows(lab, times)), name, key="save scores")
    explained(ONE_PHOTO, "columns_one_photo")


def name_of(lab: Lab, page: str) -> str:
    """Return a file name: photo, page and r, then digits that are the same for the same model, panels and reference only."""
    asked = repr((lab.source.key, [config.key for config in lab.configs], lab.reference))
    return safe_name(
        lab.choices.picture.name, f"-{page.replace('_', '-')}-{rate_in_name(lab.choices.r)}-{mark_of(asked)}.csv"
    )


def setting(lab: Lab) -> dict[str, object]:
    """Return what all lines of a file have in common, by the names of columns.py."""
    choices = lab.choices
    return {
        "reference": lab.panels[lab.reference].title,
        "scores_after_layer": len(lab.model.model.blocks),
        "model_key": lab.model.key,
        "model": lab.model.label,
        **weights_of(lab.model),
        "side": choices.side,
        "crop": choices.crop,
        "offset": choices.offset,
        "software": SOFTWARE,
    }


def rows(lab: Lab, times: Times) -> list[dict[str, object]]:
    """Return a record for each panel: its scores after the last layer, times in ms, and settings."""
    from explorer.engine.compare import Score
    from explorer.export.subject import settings_of  # brings clips and sounds, which the page does without

    picture, found = lab.choices.picture, []
    for panel in lab.panels:
        score, spent = lab.score(panel.config), times.get(panel.config)
        found.append(
            {
                "photo": picture.name,
                "panel": panel.title,
                **(asdict(score) if score else dict.fromkeys(field.name for field in fields(Score))),
                **{f"run_ms_{name}": spent and getattr(spent, name) for name in ("median", "low", "high")},
                "digest": picture.digest,
                "input": settings_of(lab.source, panel.config)["input"],
                **columns_of(panel.config),
                **setting(lab),
            }
        )
    return found
