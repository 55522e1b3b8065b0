// All that this page computes itself, beside the page so that it stays quick: points by MediaPipe, answers by ONNX Runtime.

import { FaceLandmarker, FilesetResolver } from "./runtime/vision_bundle.mjs";
import * as ort from "./runtime/ort.wasm.min.mjs";
import { framed, refusal } from "./align.js";
import { grey, rgb, sample } from "./sample.js";

const SMALL = 128; // px: pictures with a shorter side are shown to the detector at twice their size
let facts, landmarker, session;

onmessage = async ({ data: { number, facts: given, picture } }) => {
  try {
    postMessage({ number, ...(given ? await open(given) : await look(picture)) });
  } catch (error) {
    postMessage({ number, error: error?.message ?? String(error) });
  }
};

async function open(given) {
  facts = given;
  const files = new URL("./runtime", import.meta.url).href;
  ort.env.wasm.wasmPaths = `${files}/`;
  ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.max(1, Math.min(4, navigator.hardwareConcurrency >> 1)) : 1;
  const [, network] = await Promise.all([openLandmarker(files), fetch(facts.model).then(whole)]);
  session = await ort.InferenceSession.create(network, { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
  await look({ data: new Uint8ClampedArray(4 * 256 * 256).fill(128), width: 256, height: 256 }); // the first look is the slowest
  return { opened: true };
}

async function openLandmarker(files) {
  const vision = await FilesetResolver.forVisionTasks(files, true);
  landmarker = await FaceLandmarker.createFromOptions(vision, {
    baseOptions: { modelAssetBuffer: await fetch(facts.landmarks).then(whole), delegate: "CPU" },
    runningMode: "IMAGE",
    numFaces: facts.most,
    minFaceDetectionConfidence: facts.how.confidence,
    minFacePresenceConfidence: facts.how.confidence,
    outputFaceBlendshapes: facts.inputs.some((input) => input.name === "blendshapes"),
  });
}

async function whole(answer) {
  if (!answer.ok) throw new Error(`${new URL(answer.url).pathname}: status ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** Every face of a picture, the largest first, with its answers. */
async function look({ data, width, height }) {
  const picture = { data, width, height };
  const began = performance.now();
  const faces = facts.how.kind === "raw" && width === facts.how.size && height === facts.how.size ? [{ points: null }] : found(picture);
  const seen = performance.now();
  const usable = faces.filter((face) => !(face.refused = face.points ? refusal(face.points, picture, facts.how) : ""));
  for (const face of usable) face.view = prepared(face, picture);
  const ready = performance.now();
  if (usable.length) await answer(usable);
  const took = { points: seen - began, view: ready - seen, network: performance.now() - ready };
  return { faces: faces.map(({ points, refused, answers }) => ({ points, refused, answers })), took };
}

function found(picture) {
  const { faceLandmarks, faceBlendshapes } = landmarker.detect(shown(picture));
  const faces = faceLandmarks.map((mesh, i) => {
    const all = mesh.map(({ x, y }) => [x * picture.width, y * picture.height]);
    const [across, down] = [0, 1].map((axis) => all.map((p) => p[axis]));
    const area = (Math.max(...across) - Math.min(...across)) * (Math.max(...down) - Math.min(...down));
    return { area, points: facts.ibug.map((k) => all[k]), shapes: faceBlendshapes?.[i]?.categories };
  });
  return faces.sort((one, other) => other.area - one.area);
}

function shown({ data, width, height }) {
  const image = new ImageData(data, width, height);
  if (Math.min(width, height) >= SMALL) return image;
  const small = new OffscreenCanvas(width, height), large = new OffscreenCanvas(2 * width, 2 * height);
  small.getContext("2d").putImageData(image, 0, 0);
  const context = large.getContext("2d");
  context.drawImage(small, 0, 0, 2 * width, 2 * height);
  return context.getImageData(0, 0, 2 * width, 2 * height);
}

function prepared(face, picture) {
  const { how } = facts;
  const view = face.points ? sample(picture, framed(face.points, how), how.size) : rgb(picture, [0, picture.width], [0, picture.height]).data;
  return how.kind === "raw" ? grey(view) : view;
}

const VALUES = {
  landmarks: (face) => face.points.flat(),
  blendshapes: (face) => facts.blendshapes.map((name) => face.shapes.find((one) => one.categoryName === name).score),
};

async function answer(faces) {
  const shown = {};
  for (const { name, kind, shape } of facts.inputs) {
    const all = (kind === "uint8" ? Uint8Array : Float32Array).from(faces.flatMap((face) => [...(VALUES[name]?.(face) ?? face.view)]));
    shown[name] = new ort.Tensor(kind, all, [faces.length, ...shape]);
  }
  const { answers } = await session.run(shown);
  faces.forEach((face, i) => (face.answers = [...answers.data.slice(i * facts.names.length, (i + 1) * facts.names.length)]));
}
