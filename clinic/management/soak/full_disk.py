"""R15: no room left on the disk. It takes a small file system of its own, which only root may mount."""

from clinic.management.soak.messages import Scene

WHY = (
    "a full disk needs a small file system mounted for it, which takes rights that a soak does not "
    "ask for; to be tried by hand (docs/reliability.md)"
)


def full_disk(scene: Scene) -> None:
    scene.found.left_out("R15 disk full", WHY)
