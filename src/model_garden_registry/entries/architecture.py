"""The shape of a network, in the words of Hugging Face ``config.json`` files."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Strict

from model_garden_registry.entries.part import Part, Whole
from model_garden_registry.families.family import EXAMPLE

Dtype = Literal["bfloat16", "float16", "float32"]

#: How a layer mixes tokens: attention to everything, to a window, to the token's own chunk, or
#: through one compressed vector; a state of fixed size instead of a cache; or nothing.
Mixer = Literal["full", "window", "chunked", "latent", "linear", "state_space", "short_conv", "none"]
FeedForwardKind = Literal["dense", "moe", "none"]


class SlidingWindow(Part):
    """Which layers attend to a window instead of everything before."""

    window: Whole = Field(ge=1, description="Length of the window, in tokens.", examples=[1024])
    num_layers: Whole = Field(
        ge=1,
        description="How many of the hidden layers use the window; the others attend to everything.",
        examples=[40],
    )


class MixtureOfExperts(Part):
    """The experts of a sparse model."""

    num_experts: Whole = Field(ge=1, description="Routed experts per layer.", examples=[128])
    num_experts_per_tok: Whole = Field(ge=1, description="Experts that each token is sent to.", examples=[8])
    moe_intermediate_size: Whole | None = Field(
        None, ge=1, description="Width of one expert's feed-forward layer.", examples=[768]
    )
    n_shared_experts: Whole | None = Field(
        None, ge=0, description="Experts that every token passes, beside the routed ones.", examples=[1]
    )
    shared_expert_intermediate_size: Whole | None = Field(
        None, ge=1, description="Width of the shared expert, if it differs from the routed ones.", examples=[5632]
    )
    first_k_dense_replace: Whole | None = Field(
        None, ge=0, description="How many of the first layers have no experts.", examples=[3]
    )
    moe_latent_size: Whole | None = Field(
        None, ge=1, description="Width that the experts work in, if not that of the network.", examples=[1024]
    )


class LatentAttention(Part):
    """Multi-head latent attention (MLA): a compressed key and value cache."""

    kv_lora_rank: Whole = Field(ge=1, description="Width of the compressed key and value per token.", examples=[512])
    qk_rope_head_dim: Whole = Field(ge=1, description="Width of the rotary key part, cached per token.", examples=[64])
    q_lora_rank: Whole | None = Field(None, ge=1, description="Width of the compressed query.", examples=[1536])
    qk_nope_head_dim: Whole | None = Field(
        None, ge=1, description="Key width per head without rotation.", examples=[128]
    )
    v_head_dim: Whole | None = Field(None, ge=1, description="Value width per head.", examples=[128])


class LayerGroup(Part):
    """Identical layers, wherever in the network they are; what is absent is as the architecture states it."""

    count: Whole = Field(ge=1, description="How many layers.", examples=[36])
    mixer: Mixer = Field(description="Token mixer of the layers.", examples=["linear"])
    feed_forward: FeedForwardKind = Field(description="Feed-forward part of the layers.", examples=["moe"])
    num_attention_heads: Whole | None = Field(None, ge=1, description="Query heads.", examples=[16])
    num_key_value_heads: Whole | None = Field(None, ge=1, description="Key and value heads.", examples=[2])
    head_dim: Whole | None = Field(
        None, ge=1, description="Width of one head; in a mixer with a state, of one value head.", examples=[256]
    )
    window: Whole | None = Field(
        None,
        ge=1,
        description="Length of the window or chunk, in tokens; for `window`, `chunked` and `latent`.",
        examples=[1024],
    )
    shares_cache: bool | None = Field(
        None, description="Whether the layers use the cache of earlier layers.", examples=[True]
    )
    intermediate_size: Whole | None = Field(
        None, ge=1, description="Width of the dense feed-forward layer.", examples=[14336]
    )
    num_heads: Whole | None = Field(
        None, ge=1, description="Heads of a mixer with a state; for the delta rule, value heads.", examples=[32]
    )
    key_heads: Whole | None = Field(None, ge=1, description="Key heads of the delta rule.", examples=[16])
    key_head_dim: Whole | None = Field(None, ge=1, description="Width of a key head of the delta rule.", examples=[128])
    n_groups: Whole | None = Field(
        None, ge=1, description="Groups of a state space, which share its input and output matrices.", examples=[8]
    )
    state_size: Whole | None = Field(None, ge=1, description="State of a state space, per channel.", examples=[128])
    conv_kernel: Whole | None = Field(
        None, ge=1, description="Kernel size of the convolution in front of the mixer, in tokens.", examples=[4]
    )
    conv_dim: Whole | None = Field(None, ge=1, description="Width of a short convolution.", examples=[2048])


class VisionTower(Part):
    """The image encoder of a vision-language model and how it cuts images into tokens."""

    parameters: Whole | None = Field(
        None, ge=1, description="Parameters of the tower and its projector together.", examples=[676550144]
    )
    num_hidden_layers: Whole | None = Field(None, ge=1, description="Layers of the tower.", examples=[32])
    hidden_size: Whole | None = Field(None, ge=1, description="Width of the tower.", examples=[1280])
    intermediate_size: Whole | None = Field(
        None, ge=1, description="Width of its feed-forward layers.", examples=[3420]
    )
    num_attention_heads: Whole | None = Field(None, ge=1, description="Attention heads of the tower.", examples=[16])
    patch_size: Whole | None = Field(None, ge=1, description="Edge of one image patch, in pixels.", examples=[14])
    spatial_merge_size: Whole | None = Field(
        None, ge=1, description="Patches per edge that become one image token.", examples=[2]
    )
    image_size: Whole | None = Field(
        None, ge=1, description="Edge of the image the tower takes, in pixels.", examples=[896]
    )
    min_pixels: Whole | None = Field(
        None, ge=1, description="Smaller images are scaled up to this many pixels.", examples=[3136]
    )
    max_pixels: Whole | None = Field(
        None, ge=1, description="Larger images are scaled down to this many pixels.", examples=[12845056]
    )
    tokens_per_image: Whole | None = Field(None, ge=1, description="Tokens per image, if fixed.", examples=[256])


class Architecture(Part):
    """The shape of the language model, and of the vision tower if there is one."""

    model_type: str | None = Field(None, min_length=1, description="`model_type` of config.json.", examples=[EXAMPLE])
    architecture_class: str | None = Field(
        None,
        min_length=1,
        description="First of `architectures` in config.json.",
        examples=["Qwen2_5_VLForConditionalGeneration"],
    )
    parameters: Whole | None = Field(
        None,
        ge=1,
        description="All parameters that the model's own class loads, counted once where tied, before quantisation; "
        "not the layers that predict further tokens.",
        examples=[8292166656],
    )
    active_parameters: Whole | None = Field(
        None,
        ge=1,
        description="Parameters that a text token uses, in a mixture of experts: embeddings and head included, "
        "idle experts and the vision part left out.",
        examples=[3353032704],
    )
    num_hidden_layers: Whole | None = Field(None, ge=1, description="Transformer layers.", examples=[28])
    hidden_size: Whole | None = Field(None, ge=1, description="Width of the residual stream.", examples=[3584])
    intermediate_size: Whole | None = Field(
        None, ge=1, description="Width of the feed-forward layers.", examples=[18944]
    )
    num_attention_heads: Whole | None = Field(None, ge=1, description="Query heads per layer.", examples=[28])
    num_key_value_heads: Whole | None = Field(None, ge=1, description="Key and value heads per layer.", examples=[4])
    head_dim: Whole | None = Field(
        None, ge=1, description="Width of one head; absent with latent attention.", examples=[128]
    )
    vocab_size: Whole | None = Field(None, ge=1, description="Rows of the embedding matrix.", examples=[152064])
    tie_word_embeddings: bool | None = Field(
        None, description="Whether the output head is the embedding matrix.", examples=[False]
    )
    max_position_embeddings: Whole | None = Field(
        None, ge=1, description="Longest sequence that config.json allows, in tokens.", examples=[128000]
    )
    dtype: Dtype | None = Field(None, description="Type that the weights are published in.", examples=["bfloat16"])
    sliding_window: SlidingWindow | None = Field(
        None,
        description="The attention window, if some layers use one.",
        examples=[{"window": 1024, "num_layers": 40}],
    )
    moe: MixtureOfExperts | None = Field(
        None,
        description="The experts of a sparse model.",
        examples=[{"num_experts": 128, "num_experts_per_tok": 8, "moe_intermediate_size": 768}],
    )
    mla: LatentAttention | None = Field(
        None, description="Latent attention, if used.", examples=[{"kv_lora_rank": 512, "qk_rope_head_dim": 64}]
    )
    layers: Annotated[tuple[LayerGroup, ...], Strict(strict=False), Field(min_length=1)] | None = Field(
        None,
        description="The layers in groups, if they differ; overrides sliding_window, moe and mla.",
        examples=[
            [
                {"count": 36, "mixer": "linear", "feed_forward": "moe"},
                {"count": 12, "mixer": "full", "feed_forward": "moe"},
            ]
        ],
    )
    mtp_layers: Whole | None = Field(
        None,
        ge=0,
        description="Extra layers of the checkpoint that predict further tokens (MTP), not counted as hidden layers.",
        examples=[1],
    )
    vision: VisionTower | None = Field(
        None,
        description="The image encoder, if there is one.",
        examples=[{"parameters": 676550144, "patch_size": 14}],
    )
