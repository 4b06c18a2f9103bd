/** Asks the server at argv[2] by every method of the client; prints what came back as JSON. */
import { RegistryClient, type TrainingQuestion } from "model-garden-registry-client";

declare const process: { argv: string[] };

const client = new RegistryClient({ baseUrl: `${process.argv[2]}/` });
const id = "Qwen/Qwen2.5-VL-7B-Instruct";
const tiny = "unsloth/tinyllama-bnb-4bit";
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
    trainingEstimate: await client.estimateTraining({ model_id: id, gpu: "L4", config: { batch_size: 1 } }),
    inferenceEstimate: await client.estimateInference({ model_id: id, engine: "sglang" }),
    fits: await client.fitModels({ task: "training", words: [id, tiny], gpu: "L4" }),
    plan: await client.planGpus({ task: "inference", model_id: id, gpu: ["L4", "H100"] }),
    gpus: await client.listGpus(),
    comparison: await client.compareModels([id, tiny], { gpu: ["L4"] }),
    trainingForm: await client.describeTraining(tiny, { method: "full" }),
    inferenceForm: await client.describeInference(id, { engine: "sglang" }),
    exported: await client.exportModel(id, "axolotl", { task: "training", config: { lora_config: { r: 8 } } }),
  }),
);
