// The picture that was answered, and upon it boxes, points and words.

import { at } from "./about.js";

const DOT = 1.4;

/** Draw a picture and its faces.
 * @param {import("./sample.js").Picture} picture @param {object[]} faces the largest first @param {number} chosen
 * @param {boolean} mirrored as people know themselves */
export function draw(picture, faces, chosen, mirrored) {
  const canvas = at("picture"), pen = canvas.getContext("2d"), { width, height } = picture;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  pen.putImageData(picture, 0, 0);
  if (mirrored) flip(pen, canvas);
  const unit = Math.max(width, height) / 640;
  faces.forEach((face, i) => face.box && outline(pen, face, i === chosen, unit, mirrored ? (x) => width - x : (x) => x, faces.length > 1 ? `${i + 1}` : ""));
  at("invite").hidden = true;
  const words = faces.length === 1 ? "one face" : `${faces.length} faces`;
  canvas.setAttribute("aria-label", faces.length ? `the picture, with ${words}` : "the picture, without a face");
}

function flip(pen, canvas) {
  pen.save();
  pen.scale(-1, 1);
  pen.drawImage(canvas, -canvas.width, 0);
  pen.restore();
}

function outline(pen, face, isChosen, unit, place, number) {
  const [left, top, width, height] = face.box, colour = face.refused ? "#ffb347" : isChosen ? "#7dd3ff" : "#ffffff";
  const begin = Math.min(place(left), place(left + width));
  for (const [style, size] of [["rgba(0,0,0,.55)", 4], [colour, 2]]) {
    [pen.strokeStyle, pen.lineWidth] = [style, size * unit];
    pen.strokeRect(begin, top, width, height);
  }
  dots(pen, face.points ?? [], place, "rgba(0,0,0,.6)", 1.9 * unit);
  dots(pen, face.points ?? [], place, colour, DOT * unit);
  if (number) label(pen, number, begin, top, unit);
}

/** All at once: each filled by itself they take longer than the whole picture. */
function dots(pen, points, place, colour, size) {
  pen.fillStyle = colour;
  pen.beginPath();
  for (const [x, y] of points) {
    pen.moveTo(place(x) + size, y);
    pen.arc(place(x), y, size, 0, 7);
  }
  pen.fill();
}

function label(pen, text, left, top, unit) {
  pen.font = `700 ${16 * unit}px system-ui, sans-serif`;
  [pen.lineWidth, pen.strokeStyle, pen.fillStyle] = [4 * unit, "rgba(0,0,0,.7)", "#fff"];
  pen.strokeText(text, left + 3 * unit, top - 5 * unit);
  pen.fillText(text, left + 3 * unit, top - 5 * unit);
}

/** Around the points of a face: left, top, width, height, px. */
export function boxOf(points) {
  if (!points) return null;
  const [across, down] = [0, 1].map((axis) => points.map((p) => p[axis]));
  const [left, top] = [Math.min(...across), Math.min(...down)];
  return [left, top, Math.max(...across) - left, Math.max(...down) - top];
}
