"""Wan 2.2 TI2V on a tiny folder (residual autoencoder, one time per token): a clip of words alone, and one that begins with a picture.

    python ti2v.py     # diffusers, transformers, safetensors, torch (CPU); writes ti2v/ and ti2v.safetensors beside this file: same input, same bytes

`ti2v/` has no text encoder and no tokenizer: embeddings are given.
"""
import json, os, platform, shutil, sys
os.environ.update(CUDA_VISIBLE_DEVICES="", HF_HUB_OFFLINE="1")
import diffusers, torch, transformers
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanImageToVideoPipeline, WanPipeline, WanTransformer3DModel
from safetensors.torch import save_file

torch.set_num_threads(1)
HERE = os.path.dirname(os.path.abspath(sys.argv[0]))
SEED, FRAMES, HEIGHT, WIDTH, STEPS, GUIDANCE, WORDS, TEXT = 3801, 5, 32, 48, 4, 4.0, 6, 24
draw = torch.Generator().manual_seed(SEED)
normal = lambda *shape, scale=1.0: torch.randn(*shape, generator=draw) * scale


def randomise(model):
    """Matrices with variance 1/inputs, norms near 1, biases and tables near 0; in name order."""
    with torch.no_grad():
        for name, w in sorted(model.named_parameters()):
            if name.endswith(("gamma", "norm2.weight", "norm_q.weight", "norm_k.weight")):
                w.copy_(1 + normal(*w.shape, scale=0.2))
            elif w.ndim == 1 or "table" in name:
                w.copy_(normal(*w.shape, scale=0.2))
            else:
                w.copy_(normal(*w.shape, scale=1 / w[0].numel() ** 0.5))
    return model.eval()


vae = randomise(AutoencoderKLWan(base_dim=3, decoder_base_dim=4, z_dim=5, dim_mult=[1, 2, 2], num_res_blocks=1, temperal_downsample=[False, True], is_residual=True, patch_size=2, in_channels=12,
                                 out_channels=12, scale_factor_temporal=2, scale_factor_spatial=8, latents_mean=[0.1, -0.2, 0.0, 0.3, -0.1], latents_std=[1.1, 0.9, 1.3, 0.7, 1.2]))
transformer = randomise(WanTransformer3DModel(patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=5, out_channels=5, text_dim=TEXT, freq_dim=16, ffn_dim=40,
                                              num_layers=2, cross_attn_norm=True, qk_norm="rms_norm_across_heads", eps=1e-6, rope_max_seq_len=16))
with torch.no_grad():
    vae.decoder.conv_out.weight.mul_(0.4)
scheduler = UniPCMultistepScheduler(num_train_timesteps=1000, prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=5.0)
parts = dict(tokenizer=None, text_encoder=None, vae=vae, scheduler=scheduler)
folder = os.path.join(HERE, "ti2v")
shutil.rmtree(folder, ignore_errors=True)
for name, part in dict(vae=vae, transformer=transformer, scheduler=scheduler).items():
    part.save_pretrained(os.path.join(folder, name))
json.dump({"_class_name": "WanPipeline", "_diffusers_version": diffusers.__version__, "boundary_ratio": None, "expand_timesteps": True, "scheduler": ["diffusers", "UniPCMultistepScheduler"],
           "transformer": ["diffusers", "WanTransformer3DModel"], "transformer_2": [None, None], "vae": ["diffusers", "AutoencoderKLWan"]}, open(os.path.join(folder, "model_index.json"), "w"), indent=2)

picture = torch.tanh(normal(1, 3, HEIGHT, WIDTH))
latents = normal(1, 5, (FRAMES - 1) // 2 + 1, HEIGHT // 8, WIDTH // 8)
words, null = normal(1, WORDS, TEXT), normal(1, WORDS, TEXT)
call = dict(height=HEIGHT, width=WIDTH, num_frames=FRAMES, num_inference_steps=STEPS, guidance_scale=GUIDANCE, prompt_embeds=words, negative_prompt_embeds=null, output_type="pt")
tensors = {"picture": picture[0], "latents": latents, "prompt_embeds": words, "negative_prompt_embeds": null}
for name, pipe, more in (("words", WanPipeline(transformer=transformer, expand_timesteps=True, **parts), {}),
                         ("picture", WanImageToVideoPipeline(transformer=transformer, image_encoder=None, image_processor=None, expand_timesteps=True, **parts), {"image": picture})):
    pipe.set_progress_bar_config(disable=True)
    if more:  # the picture is given as it is, in -1..1
        pipe.video_processor.preprocess = lambda image, **_: image
    seen = []
    def keep(_, i, t, values):
        seen.append(values["latents"].clone()); return values
    frames = pipe(latents=latents.clone(), callback_on_step_end=keep, **call, **more).frames
    tensors.update({f"{name}.latents": torch.stack(seen), f"{name}.frames": frames})
config = dict(frames=FRAMES, height=HEIGHT, width=WIDTH, steps=STEPS, guidance=GUIDANCE, words=WORDS)
version = ", ".join(f"{k} {v}" for k, v in dict(python=platform.python_version(), torch=torch.__version__, diffusers=diffusers.__version__, transformers=transformers.__version__).items())
save_file({k: v.contiguous() for k, v in tensors.items()}, os.path.join(HERE, "ti2v.safetensors"),
          metadata=dict(reference="diffusers WanPipeline and WanImageToVideoPipeline", version=version, seed=str(SEED), script="ti2v.py", config=json.dumps(config)))
