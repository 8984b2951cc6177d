/** The discrete Fourier transform of a square whose side is a power of two, in place: rows, then columns. */
export function fourierOfSquare(real: Float64Array, imaginary: Float64Array, side: number): void {
  const line = { real: new Float64Array(side), imaginary: new Float64Array(side) };
  const turns = rotations(side);
  const run = (first: number, step: number): void => {
    for (let i = 0; i < side; i++) {
      line.real[i] = real[first + i * step]!;
      line.imaginary[i] = imaginary[first + i * step]!;
    }
    fourierOfLine(line.real, line.imaginary, turns);
    for (let i = 0; i < side; i++) {
      real[first + i * step] = line.real[i]!;
      imaginary[first + i * step] = line.imaginary[i]!;
    }
  };
  for (let y = 0; y < side; y++) run(y * side, 1);
  for (let x = 0; x < side; x++) run(x, side);
}

interface Rotations {
  readonly cosine: Float64Array;
  readonly sine: Float64Array;
}

function rotations(length: number): Rotations {
  const angle = (index: number): number => (-2 * Math.PI * index) / length;
  return {
    cosine: Float64Array.from({ length: length / 2 }, (_, index) => Math.cos(angle(index))),
    sine: Float64Array.from({ length: length / 2 }, (_, index) => Math.sin(angle(index))),
  };
}

/** Cooley and Tukey, radix 2. */
function fourierOfLine(real: Float64Array, imaginary: Float64Array, { cosine, sine }: Rotations): void {
  const length = real.length;
  for (let i = 1, j = 0; i < length; i++) {
    let bit = length >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    [real[i], real[j]] = [real[j]!, real[i]!];
    [imaginary[i], imaginary[j]] = [imaginary[j]!, imaginary[i]!];
  }
  for (let half = 1; half < length; half *= 2) {
    const stride = length / (2 * half);
    for (let start = 0; start < length; start += 2 * half) {
      for (let k = 0; k < half; k++) {
        const [upper, lower] = [start + k, start + k + half];
        const [c, s] = [cosine[k * stride]!, sine[k * stride]!];
        const re = real[lower]! * c - imaginary[lower]! * s;
        const im = real[lower]! * s + imaginary[lower]! * c;
        real[lower] = real[upper]! - re;
        imaginary[lower] = imaginary[upper]! - im;
        real[upper]! += re;
        imaginary[upper]! += im;
      }
    }
  }
}
