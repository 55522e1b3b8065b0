// Where a prepared face lies in the picture, as fer_lab/faces (align, eyes, raw) says it; points are [x, y], px.

const mean = (points) => [0, 1].map((axis) => points.reduce((sum, p) => sum + p[axis], 0) / points.length);

/** The similarity (no reflection) that brings points closest to their targets: Umeyama 1991, in the plane.
 * @param {number[][]} source @param {number[][]} target @returns {import("./sample.js").Map} */
export function similarity(source, target) {
  const [centre, aim] = [mean(source), mean(target)];
  let [along, turned, spread] = [0, 0, 0];
  source.forEach(([x, y], i) => {
    const [u, v] = [x - centre[0], y - centre[1]], [s, t] = [target[i][0] - aim[0], target[i][1] - aim[1]];
    along += u * s + v * t;
    turned += u * t - v * s;
    spread += u * u + v * v;
  });
  const [a, b] = [along / Math.max(spread, 1e-12), turned / Math.max(spread, 1e-12)];
  return { a, b, x0: aim[0] - a * centre[0] + b * centre[1], y0: aim[1] - b * centre[0] - a * centre[1] };
}

/** By all points that expressions hardly move. */
const stable = (points, how) => similarity(how.reference, how.stable.map((i) => points[i]));

/** By the centres of the eyes alone. */
function eyes(points, how) {
  const [left, right] = eyeCentres(points), [across, down] = [right[0] - left[0], right[1] - left[1]];
  const side = Math.hypot(across, down) / (1 - 2 * how.position[0]), angle = Math.atan2(down, across);
  const step = (side * (1 + how.margin)) / how.size, begin = 0.5 - (1 + how.margin) / 2;
  const [u, v] = [side * (begin - 0.5), side * (begin - how.position[1])];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { a: step * cos, b: step * sin, x0: cos * u - sin * v + (left[0] + right[0]) / 2, y0: sin * u + cos * v + (left[1] + right[1]) / 2 };
}

/** As images that are faces already frame theirs (FER2013). */
function raw(points, how) {
  const centre = mean(points);
  const far = Math.sqrt(points.reduce((sum, [x, y]) => sum + (x - centre[0]) ** 2 + (y - centre[1]) ** 2, 0) / points.length);
  const a = Math.max(far, 1e-6) / how.share / how.size;
  return { a, b: 0, x0: centre[0] - how.centre[0] * how.size * a, y0: centre[1] - how.centre[1] * how.size * a };
}

const eyeCentres = (points) => [mean(points.slice(36, 42)), mean(points.slice(42, 48))];

/** From the view to the picture. @param {number[][]} points the 68 @param {object} how of the page's facts */
export const framed = (points, how) => ({ stable, eyes, raw })[how.kind](points, how);

/** Why a face cannot be used, as fer_lab.faces refuses it; "" where it can be. */
export function refusal(points, { width, height }, how) {
  if (!points.flat().every(Number.isFinite)) return "no landmarks";
  if (how.kind === "raw") return "";
  const inside = points.filter(([x, y]) => x >= 0 && y >= 0 && x <= width && y <= height).length / points.length;
  if (inside < how.least_inside) return `less than ${Math.round(100 * how.least_inside)}% of its points in the picture`;
  if (Math.abs(yaw(points, how)) > how.most_yaw) return `yaw beyond ${how.most_yaw} degrees`;
  const [left, right] = eyeCentres(points);
  return how.kind === "eyes" && Math.hypot(left[0] - right[0], left[1] - right[1]) < 1 ? "the eyes' centres are less than a pixel apart" : "";
}

/** Degrees that a face is turned by, seen by the affine camera that is closest to its stable points. */
export function yaw(points, how) {
  const seen = how.stable.map((i) => points[i]);
  const [right, down] = [0, 1].map((axis) => how.affine.map((row) => row.reduce((sum, w, i) => sum + w * seen[i][axis], 0)));
  const [x, y] = [right, down.map((value) => -value)];
  const towards = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]];
  return (Math.atan2(-towards[0], towards[2]) * 180) / Math.PI;
}
