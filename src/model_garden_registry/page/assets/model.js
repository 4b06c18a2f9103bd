// The page of one model: one choice of GPUs for all its tasks. What is chosen stands in the address.

import { hardware, mode } from "./answers.js";
import { readAddress, wayBack, writeAddress } from "./address.js";
import { chooseCount, chooseGpu, chosenMachine } from "./chooser.js";
import { element } from "./elements.js";
import { machineWords } from "./fit_marks.js";
import "./task_panel.js";

const form = document.getElementById("machine");
const panels = [...document.querySelectorAll("task-panel")];
const back = document.querySelector("nav[aria-label=Breadcrumb] a");
const list = back.getAttribute("href");

/** Return what this page and the list both have in their addresses; the task is that of the list. */
function shared() {
  const { gpu, gpus } = chosenMachine(form);
  return { gpu, gpus: gpus === 1 ? "" : gpus, task: readAddress().get("task") };
}

/** Lead back to the list as it was, with the GPU that is chosen now. */
function leadBack() {
  const { gpu, gpus, task } = shared();
  back.setAttribute("href", `${list}${wayBack({ ...(gpu ? { gpu, gpus } : {}), ...(task ? { task } : {}) })}`);
}

function write(isStep) {
  const values = shared();
  for (const panel of panels)
    for (const [name, value] of Object.entries(panel.config)) values[`${panel.task}.${name}`] = JSON.stringify(value);
  writeAddress(values, { isStep });
  leadBack();
}

/** Show what the address says. */
function read() {
  const query = readAddress();
  chooseGpu(form, query.get("gpu") ?? "");
  chooseCount(form, query.get("gpus") ?? "");
  for (const panel of panels) panel.start(chosenMachine(form), configOf(query, panel.task));
  leadBack();
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
  for (const panel of panels) panel.start(chosenMachine(form), panel.config);
});
document.addEventListener("chosen", () => write(false));
window.addEventListener("popstate", read);
read();
if (mode === "served") offerMachine();
