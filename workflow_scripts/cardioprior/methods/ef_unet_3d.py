"""EF and its fellows by the 3D U-net of chapter 5 at the frames of chapter 7."""

from cardioprior.inference.ejection_method import SegmentingEjectionMethod


class Method(SegmentingEjectionMethod):
    """Volumes and mass from the 3D U-net's segmentation."""

    title = "EF, 3D U-net"
    model = "unet_3d"
