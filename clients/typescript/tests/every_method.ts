/** Asks the server at argv[2] by every method of the client; prints what came back as JSON. */
import { RegistryClient, type TrainingQuestion } from "model-garden-registry-client";

declare const process: { argv: string[] };

const client = new RegistryClient({ baseUrl: `${process.argv[2]}/` });
const id = "Qwen/Qwen2.5-VL-7B-Instruct";
const question: TrainingQuestion = { model_id: id, config: { batch_size: 1 }, gpu: "L4", gpus: 2, method: "qlora" };

const entry = await client.showModel(id);
const rank: number | undefined = entry.training_defaults.lora_config.r;
const utilization: number = entry.inference_defaults.gpu_memory_utilization;
const tags: readonly string[] = entry.tags;

console.log(
  JSON.stringify({
    list: await client.listModels(),
    part: await client.listModels({ category: "vision-vlm", tag: ["quantized", "small"], limit: 2, query: null }),
    entry,
    read: [rank, utilization, tags.length],
    categories: await client.listCategories(),
    training: await client.validateTraining(question),
    inference: await client.validateInference({ model_id: "none" }),
    hardware: await client.readHardware(),
    health: await client.readHealth(),
    readiness: await client.readReadiness(),
  }),
);
