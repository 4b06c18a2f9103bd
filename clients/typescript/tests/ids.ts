/** Asks the server at argv[2] for each id of argv[3], and for ids that no request may be made for. */
import { RegistryClient } from "model-garden-registry-client";

import { told } from "./told.js";

declare const process: { argv: string[] };

const [baseUrl, ids] = process.argv.slice(2) as [string, string];
let requests = 0;
const counting = new RegistryClient({
  fetch: async () => {
    requests += 1;
    return new Response('{"data": {}}');
  },
});
const impossible = ["", ".", "..", "a/..", "../a", "a/../b", "./a", "/a", "a/", "a//b", "\ud800", undefined, null, 7] as string[];
const client = new RegistryClient({ baseUrl });

console.log(
  JSON.stringify({
    shown: await Promise.all((JSON.parse(ids) as string[]).map(async (id) => (await client.showModel(id)).id)),
    refused: await Promise.all(
      impossible.flatMap((id) => [
        told(counting.showModel(id)),
        told(counting.validateTraining({ model_id: id })),
        told(counting.validateInference({ model_id: id })),
        told(counting.estimateTraining({ model_id: id })),
        told(counting.estimateInference({ model_id: id })),
        told(counting.planGpus({ task: "training", model_id: id })),
        told(counting.compareModels(["plain", id])),
        told(counting.describeTraining(id)),
        told(counting.describeInference(id)),
        told(counting.exportModel(id, "vllm")),
      ]),
    ),
    targets: await Promise.all(["", ".."].map((target) => told(counting.exportModel("plain", target)))),
    requests,
    exported: await Promise.all(
      (JSON.parse(ids) as string[]).map(async (id) => (await client.exportModel(id, "vllm")).id),
    ),
  }),
);
