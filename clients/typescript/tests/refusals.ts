/** Asks the server at argv[2] for what it refuses; argv[3] is an address where no server is. */
import { RegistryClient } from "model-garden-registry-client";

import { told } from "./told.js";

declare const process: { argv: string[] };

const [baseUrl, nowhere] = process.argv.slice(2);
const client = new RegistryClient({ baseUrl });
const id = "Qwen/Qwen2.5-VL-7B-Instruct";
const answering = (body: string, status = 200) => new RegistryClient({ fetch: async () => new Response(body, { status }) });
const asText: typeof fetch = (url, init) => fetch(url, { ...init, headers: { "content-type": "text/plain" } });
/** Asks under another name, which `fetch` does not allow. */
const asAnother = async (url: unknown) => {
  const http = await import(["node", "http"].join(":"));
  const reply = await new Promise<any>((resolve) => http.get(url, { headers: { host: "garden.example" } }, resolve));
  return new Response((await reply.toArray()).join(""), { status: reply.statusCode });
};
const throwing = new RegistryClient({
  fetch: async () => {
    throw "no such thing";
  },
});
const echoing: typeof fetch = async (_, init) => new Response(JSON.stringify(init?.headers));
const nested: Record<string, unknown> = {};
nested["itself"] = nested;

console.log(
  JSON.stringify({
    unknown: await told(client.showModel("unsloth/tinylama")),
    parts: await told(client.listModels({ limit: 0 })),
    setting: await told(client.validateTraining({ model_id: id, config: { batch_siz: 1 } })),
    key: await told(client.listModels({ categroy: "text-llm" } as object)),
    long: await told(client.validateInference({ model_id: id, config: { dtype: "x".repeat(70_000) } })),
    type: await told(new RegistryClient({ baseUrl, fetch: asText }).validateTraining({ model_id: id })),
    host: await told(new RegistryClient({ baseUrl, fetch: asAnother }).listCategories()),
    proxy: await told(answering("busy", 502).readHealth()),
    page: await told(answering("<!doctype html>").readHealth()),
    other: await told(answering('{"login": "/"}').readHardware()),
    list: await told(answering("[]").listModels()),
    unready: await told(answering('{"ready": false}', 503).readReadiness()),
    failed: await told(answering("", 500).readReadiness()),
    nowhere: await told(new RegistryClient({ baseUrl: nowhere }).readHealth()),
    thrown: await told(throwing.readHealth()),
    headers: await told(new RegistryClient({ fetch: echoing, headers: { authorization: "Bearer x" } }).readHealth()),
    nested: await told(client.validateTraining({ model_id: id, config: nested })),
  }),
);
