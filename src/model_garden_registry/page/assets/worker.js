// Python in a worker: the package itself answers, with the site's registry. Started by the first question.

const SITE = new URL("../", import.meta.url);
const REGISTRY = "/registry.json";
const START = `
import json

from model_garden_registry.api.answering import reply
from model_garden_registry.registry.model_registry import ModelRegistry

registry = ModelRegistry("${REGISTRY}")


def ask(route, keys):
    return json.dumps(reply(registry, route, json.loads(keys)))


ask
`;

let answering = null;

async function started() {
  const { loadPyodide } = await import(new URL("pyodide/pyodide.mjs", SITE));
  const runtime = loadPyodide({
    indexURL: new URL("pyodide/", SITE).href,
    packages: ["model-garden-registry"],
  });
  const [python, registry] = await Promise.all([runtime, registryBytes()]);
  python.FS.writeFile(REGISTRY, registry);
  return python.runPython(START);
}

async function registryBytes() {
  const index = await (await read("index.json")).json();
  return new Uint8Array(await (await read(index.file)).arrayBuffer());
}

async function read(path) {
  const reply = await fetch(new URL(path, SITE));
  if (!reply.ok) throw new Error(`${path}: the site answered ${reply.status}`);
  return reply;
}

addEventListener("message", async ({ data: { number, route, keys } }) => {
  try {
    answering ??= started();
    const answer = await answering;
    postMessage({ number, reply: answer(route, keys) });
  } catch (error) {
    answering = null;
    postMessage({ number, problem: `Python did not answer: ${error.message}` });
  }
});
