"""The limits of a delivery, each as the part that keeps it wants them."""

from safety_tasks.ingest.formats.archives import ArchiveLimits
from safety_tasks.ingest.formats.labels import LabelLimits
from safety_tasks.ingest.picture_checks import PictureLimits
from safety_tasks.settings import IngestSettings


def label_limits(settings: IngestSettings) -> LabelLimits:
    """Return what a label may look like."""
    return LabelLimits(
        max_bytes=settings.max_label_bytes,
        max_boxes=settings.max_boxes_per_picture,
        max_box_share=settings.max_box_share,
    )


def archive_limits(settings: IngestSettings) -> ArchiveLimits:
    """Return what an archive may hold."""
    return ArchiveLimits(
        max_members=settings.max_archive_members,
        max_member_bytes=settings.max_archive_member_bytes,
        max_total_bytes=settings.max_archive_bytes,
        max_ratio=settings.max_archive_ratio,
    )


def picture_limits(settings: IngestSettings) -> PictureLimits:
    """Return what a picture may be, and what decoding it may cost."""
    return PictureLimits(
        max_bytes=settings.max_picture_bytes,
        max_pixels=settings.max_picture_pixels,
        memory_bytes=settings.decode_memory_bytes,
        cpu_s=settings.decode_cpu_s,
        wall_s=3 * settings.decode_cpu_s,
    )
