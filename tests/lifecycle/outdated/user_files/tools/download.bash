hf download CohereForAI/c4ai-command-r-v01
hf download --repo-type dataset Qwen/dataset-7B
git clone git@github.com:tiiuae/falcon-7b
git clone https://huggingface.co/tiiuae/falcon-7b
docker pull nvidia/llama-7b
