// The page of one model: one choice of GPUs for all its tasks. What is chosen stands in the address.

import { hardware, mode } from "./answers.js";
import { readAddress, writeAddress } from "./address.js";
import { element } from "./elements.js";
import { machineWords } from "./fit_marks.js";
import "./task_panel.js";

// A name that says how many there are.
const COUNTED = /:\d+$/u;

const form = document.getElementById("machine");
const panels = [...document.querySelectorAll("task-panel")];

function machine() {
  const gpu = form.elements.gpu.value;
  form.elements.gpus.disabled = COUNTED.test(gpu);
  if (!gpu) return {};
  return COUNTED.test(gpu) ? { gpu } : { gpu, gpus: Number(form.elements.gpus.value) };
}

function write(isStep) {
  const { gpu, gpus } = machine();
  const values = { gpu, gpus: gpus > 1 ? gpus : "" };
  for (const panel of panels)
    for (const [name, value] of Object.entries(panel.config)) values[`${panel.task}.${name}`] = JSON.stringify(value);
  writeAddress(values, { isStep });
}

/** Show what the address says. */
function read() {
  const query = readAddress();
  chooseGpu(query.get("gpu") ?? "");
  form.elements.gpus.value = query.get("gpus") ?? "1";
  if (form.elements.gpus.selectedIndex < 0) form.elements.gpus.selectedIndex = 0;
  for (const panel of panels) panel.start(machine(), configOf(query, panel.task));
}

/** Choose a GPU by its name, also one that is not among the options: another spelling, or a size. */
function chooseGpu(name) {
  const { gpu } = form.elements;
  gpu.value = name;
  if (gpu.selectedIndex >= 0) return;
  gpu.firstElementChild.after(element("option", { value: name }, name));
  gpu.value = name;
}

function configOf(query, task) {
  const config = {};
  for (const [key, text] of query) {
    const [start, ...path] = key.split(".");
    if (start !== task || !path.length) continue;
    try {
      config[path.join(".")] = JSON.parse(text);
    } catch {
      config[path.join(".")] = text;
    }
  }
  return config;
}

/** Offer the GPUs of the server's machine, those of one kind: by the name that the driver gives them. */
async function offerMachine() {
  const found = await hardware().catch(() => null);
  const words = found && machineWords(found);
  if (!words) return;
  const [{ name }] = found.gpus;
  const count = found.gpus.filter((one) => one.name === name).length;
  form.elements.gpu.firstElementChild.after(element("option", { value: `${name}:${count}` }, words));
}

form.hidden = false;
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", () => {
  write(true);
  for (const panel of panels) panel.start(machine(), panel.config);
});
document.addEventListener("chosen", ({ detail }) => write(detail.isStep));
window.addEventListener("popstate", read);
read();
if (mode === "served") offerMachine();
