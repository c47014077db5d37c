"""Transfer learning: pretrained backbones, linear probes, fine-tuning."""
