"""R15: no room left on the disk. Not built: it takes a small file system of its own."""

from clinic.management.soak.messages import Scene

WHY = "not built: it takes a small file system of its own, to be tried by hand"


def full_disk(scene: Scene) -> None:
    scene.found.left_out("R15 disk full", WHY)
