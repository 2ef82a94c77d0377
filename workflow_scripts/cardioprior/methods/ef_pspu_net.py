"""EF and its fellows by the PSPU-net of chapter 5 at the frames of chapter 7."""

from cardioprior.inference.ejection_method import SegmentingEjectionMethod


class Method(SegmentingEjectionMethod):
    """Volumes and mass from the PSPU-net's segmentation."""

    title = "EF, PSPU-net"
    model = "pspu_net"
