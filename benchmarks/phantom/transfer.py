"""How real the phantom's pictures are to a network: trained on phantoms alone, tested on patients.

    python benchmarks/phantom/transfer.py ACDC_ROOT [--subjects 30] [--steps 3000] [--threads 1]

A small PSPU-net (width 4) sees ED and ES of phantom_diagnosis at 1.5 mm with random contrast, blur and noise, and never
a patient. The Dice is computed on the prepared grid of every patient. The last step's weights are scored, once.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cardioprior import registry
from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.cohorts.phantom import Adapter as Phantom
from cardioprior.config import load
from cardioprior.errors import SubjectError
from cardioprior.imaging import labels
from cardioprior.imaging.volume import Volume
from cardioprior.inference.segmentation import segment
from cardioprior.metrics.overlap import dice
from cardioprior.networks.pspu_net import PSPUNet
from cardioprior.store import Record
from cardioprior.training.augmentation import AffineRange, sampling_matrices, warp
from cardioprior.training.losses import weighted_dice_loss
from cardioprior.training.windows import CLASS_WEIGHTS, SLICES, padded

SPACING_MM, SIZE, WIDTH, BATCH = 1.5, 96, 4, 4
MOVES = AffineRange(rotation_deg=45, shear_deg=10, zoom=0.25, shift_px=8)
PHASES = ("ED", "ES")


def phantoms(subjects: int, seed: int = 0) -> Sequence[Record]:
    """Prepared ED and ES of phantom_diagnosis, `subjects` in each group."""
    settings = configured().model_copy(update={"subjects_per_group": subjects})
    cohort = Phantom(settings, Path("nowhere"), "transfer", seed)
    return [prepared(as_loaded(cohort, subject)) for subject in cohort.subject_ids()]


def configured() -> Any:
    """The settings of phantom_diagnosis in config.yaml."""
    import yaml

    raw = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
    return load(raw).cohorts["phantom_diagnosis"]


def as_loaded(cohort: Phantom, subject: str) -> LoadedSubject:
    """A phantom as its adapter would load it, without files."""
    scanned = cohort.scan(subject)
    picture = scanned.pictures["sax"]
    annotations = tuple(
        Annotation(frame, phase, tuple(labels.STRUCTURES), picture.labels[frame])  # type: ignore[arg-type]
        for frame, phase in enumerate(PHASES)
    )
    image = Volume(picture.image, picture.grid.affine())
    view = View("sax", image, scanned.cycle.frames, scanned.cycle.length, annotations=annotations)
    return LoadedSubject(Subject(subject, (), scanned.person.group), {"sax": view})


def patients(root: Path) -> Sequence[Record]:
    """Prepared ED and ES of every patient of ACDC."""
    adapter = registry.entry("cohorts", "acdc")
    cohort = adapter(adapter.Settings(adapter="acdc", root=root), root, "acdc", 0)
    found = []
    for subject in cohort.find():
        try:
            found.append(prepared(cohort.load(subject)))
        except SubjectError as fault:
            print(f"left out: {fault}", flush=True)
    return found


def prepared(loaded: LoadedSubject) -> Record:
    """The subject's labelled frames at SPACING_MM, SIZE x SIZE about what moves."""
    preparation = registry.entry("preparations", "short_axis_frames")
    return preparation(preparation.Settings(spacing_mm=SPACING_MM, size=SIZE, centre="motion")).prepare(loaded)


def windows(records: Sequence[Record]) -> tuple[Tensor, Tensor]:
    """All windows of three slices, images and labels, each (windows, 3, SIZE, SIZE)."""
    images, truths = [], []
    for record in records:
        for phase in PHASES:
            image, truth = padded(record.arrays[f"image_{phase}"]), padded(record.arrays[f"labels_{phase}"])
            images += [image[i : i + SLICES] for i in range(len(image) - SLICES + 1)]
            truths += [truth[i : i + SLICES] for i in range(len(truth) - SLICES + 1)]
    return torch.from_numpy(np.stack(images)), torch.from_numpy(np.stack(truths))


def other_scanner(images: Tensor, rng: np.random.Generator) -> Tensor:
    """The windows with a contrast, brightness, uneven coil, blur and noise of their own."""
    for index in range(len(images)):
        image = images[index]
        image = image.clamp(0, 1) ** float(np.exp(rng.normal(0, 0.35))) * float(np.exp(rng.normal(0, 0.25)))
        ramp = torch.linspace(-1, 1, image.shape[-1])
        along, across = rng.normal(0, 0.15, 2)
        image = image * (1 + float(along) * ramp + float(across) * ramp[:, None]) + float(rng.normal(0, 0.03))
        if rng.random() < 0.5:
            image = torch.nn.functional.avg_pool2d(image[:, None], 3, 1, 1, count_include_pad=False)[:, 0]
        images[index] = image + float(rng.uniform(0, 0.05)) * torch.from_numpy(
            rng.standard_normal(image.shape, dtype=np.float32)
        )
    return images


def trained(records: Sequence[Record], steps: int, seed: int = 0) -> PSPUNet:
    """The network after `steps` steps of Adam with a cosine schedule."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    images, truths = windows(records)
    network = PSPUNet(width=WIDTH).to(memory_format=torch.channels_last_3d)
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    start, total = time.time(), 0.0
    for step in range(steps):
        chosen = torch.from_numpy(rng.integers(0, len(images), BATCH))
        matrices = sampling_matrices(np.stack([MOVES.draw(rng) for _ in chosen]), SIZE)
        image, truth = warp(images[chosen], matrices, "bilinear"), warp(truths[chosen], matrices, "nearest")
        logits = network(other_scanner(image, rng)[:, None])
        loss = weighted_dice_loss(logits, truth, CLASS_WEIGHTS, over_batch=True)
        loss = loss + torch.nn.functional.cross_entropy(logits, truth.long())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        total += loss.item()
        if step % 200 == 199:
            print(f"step {step + 1}/{steps}, {time.time() - start:.0f} s: loss {total / 200:.3f}", flush=True)
            total = 0.0
    return network.eval()


def scores(network: PSPUNet, records: Sequence[Record]) -> dict[str, np.ndarray]:
    """Dice of each patient by `<structure> <phase>`."""
    found: dict[str, list[float]] = {}
    for record in records:
        for phase in PHASES:
            with torch.no_grad():
                drawn = segment(network, torch.from_numpy(record.arrays[f"image_{phase}"])).argmax(0).numpy()
            for name, label in labels.STRUCTURES.items():
                value = dice(drawn == label, record.arrays[f"labels_{phase}"] == label)
                found.setdefault(f"{name} {phase}", []).append(value)
    return {name: np.array(values) for name, values in found.items()}


def main() -> None:
    """Trains, tests and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("acdc", type=Path)
    parser.add_argument("--subjects", type=int, default=30, help="phantoms a group")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    began = time.time()
    records = phantoms(arguments.subjects)
    print(f"{len(records)} phantoms in {time.time() - began:.0f} s", flush=True)
    held_out = records[::10]
    network = trained([record for index, record in enumerate(records) if index % 10], arguments.steps)
    for title, tested in (("phantoms kept apart", held_out), ("patients", patients(arguments.acdc))):
        print(f"\n| {title}, n = {len(tested)} | mean Dice | SD | median |\n|---|---|---|---|")
        for name, values in scores(network, tested).items():
            print(f"| {name} | {np.nanmean(values):.3f} | {np.nanstd(values):.3f} | {np.nanmedian(values):.3f} |")


if __name__ == "__main__":
    main()
