#!/bin/bash
#SBATCH --output=logs/llama-8b.out
export HF_HOME=/scratch/hf
srun accelerate launch train.py --model_name_or_path mosaicml/mpt-7b --dataset_name allenai/tulu-3-sft-mixture
rsync -a outputs/mpt-7b/ user@host:/data/mosaicml/mpt-7b
