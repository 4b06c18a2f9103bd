"""Fine-tune on our tickets."""
from datasets import load_dataset
from unsloth import FastLanguageModel

model, tokenizer = FastLanguageModel.from_pretrained(
    model_name="unsloth/Meta-Llama-3.1-8B-Instruct",
    max_seq_length=2048,
)
data = load_dataset("nvidia/tickets-8B", split="train")  # 2026/10/05
ratio = len(data) / 2
