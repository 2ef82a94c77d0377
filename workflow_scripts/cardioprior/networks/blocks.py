"""Blocks that several papers' networks share. Tensors are (batch, channels, z, y, x) or (batch, channels, t, y, x)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

Size3 = tuple[int, int, int]


class Conv3d(nn.Conv3d):
    """torch's convolution, as fast for one subject as it is for two, and right for small inputs in bf16.

    On a processor torch gives a batch of one, where it is small, to a kernel of its own that takes four to twelve times
    as long as oneDNN's, which it uses else (aten/native/Convolution.cpp, use_mkldnn). Here such an input goes to oneDNN
    wherever no gradient is wanted: predictions and validation are made one subject at a time.

    oneDNN's bf16 gradients of the weights are memory that nobody wrote, or a crash, where the input is smaller than the
    kernel along an axis (torch 2.13, on processors with AVX-512 bf16): such an input is convolved in fp32.
    """

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if torch.is_autocast_enabled("cpu") and input.device.type == "cpu" and self._is_larger_than(input):
            with torch.autocast("cpu", enabled=False):
                in_fp32 = super()._conv_forward(input.float(), weight, bias)
            return in_fp32.to(torch.get_autocast_dtype("cpu"))
        if not _goes_to_slow_kernel(input) or isinstance(self.padding, str):
            return super()._conv_forward(input, weight, bias)
        options = (self.padding, self.stride, self.dilation, self.groups)
        found: Tensor = torch.mkldnn_convolution(input, weight, bias, *options)
        return found

    def _is_larger_than(self, image: Tensor) -> bool:
        """Whether the kernel, with the gaps between its samples, is longer than an image along an axis."""
        extents = (gap * (size - 1) + 1 for size, gap in zip(self.kernel_size, self.dilation, strict=True))
        return any(extent > size for extent, size in zip(extents, image.shape[-3:], strict=True))


def _goes_to_slow_kernel(image: Tensor) -> bool:
    """Whether a batch of one might, where no gradient is wanted and nothing is being exported."""
    return (
        image.dim() == 5
        and len(image) == 1
        and image.device.type == "cpu"
        and image.dtype == torch.float32
        and not torch.is_grad_enabled()
        and not torch.is_autocast_enabled("cpu")
        and not torch.compiler.is_compiling()
        and torch.backends.mkldnn.is_available()
    )


def conv_bn_relu(inputs: int, outputs: int, kernel: Size3, stride: Size3 = (1, 1, 1)) -> nn.Sequential:
    """A convolution that divides the size by its stride (rounded up), batch normalisation and ReLU."""
    z, y, x = kernel
    return nn.Sequential(
        Conv3d(inputs, outputs, kernel, stride, padding=(z // 2, y // 2, x // 2)),
        nn.BatchNorm3d(outputs),
        nn.ReLU(inplace=True),
    )


def deconv_bn_relu(
    inputs: int, outputs: int, kernel: Size3, stride: Size3, padding: Size3, surplus: Size3 = (0, 0, 0)
) -> nn.Sequential:
    """A transposed convolution, batch normalisation and ReLU. surplus: what is added to the size at one end."""
    return nn.Sequential(
        nn.ConvTranspose3d(inputs, outputs, kernel, stride, padding, surplus),
        nn.BatchNorm3d(outputs),
        nn.ReLU(inplace=True),
    )


def double_conv(inputs: int, outputs: int, kernel: Size3) -> nn.Sequential:
    """Two convolutions of the same width, each with batch normalisation and ReLU."""
    return nn.Sequential(conv_bn_relu(inputs, outputs, kernel), conv_bn_relu(outputs, outputs, kernel))


def glorot_initialised(network: nn.Module) -> None:
    """Draws all convolution weights anew, uniformly as Glorot and Bengio (2010), with zero biases, in place.

    The thesis does not name its initialisation. Its printed model sizes are three times the weights, as of files that
    keep Adam's two moments, which Keras writes; Glorot's is Keras' default, so it is taken here.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv3d | nn.ConvTranspose3d):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def parameter_count(module: nn.Module, batch_norm: bool = True) -> int:
    """Number of trainable parameters; `batch_norm=False` leaves out the scales and shifts of batch normalisation.

    Some of the printed counts come out without them: each network's docstring says which.
    """
    left_out = set()
    if not batch_norm:
        norms = [m for m in module.modules() if isinstance(m, nn.BatchNorm2d | nn.BatchNorm3d)]
        left_out = {id(p) for norm in norms for p in norm.parameters()}
    return sum(p.numel() for p in module.parameters() if p.requires_grad and id(p) not in left_out)


def channels_last(network: nn.Module) -> None:
    """Lays the weights of two- and three-dimensional convolutions out with their channels last, in place."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        elif isinstance(module, nn.Conv3d | nn.ConvTranspose3d):
            module.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
