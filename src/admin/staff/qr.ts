import qrcode from 'qrcode';

/** Empty modules around a code (ISO/IEC 18004 section 9.1). */
const QUIET = 4;

/** A QR code as a `data:` address of an SVG picture, dark on white whatever the page's theme. */
export function qrPicture(text: string): string {
  const { modules } = qrcode.create(text, { errorCorrectionLevel: 'M' });
  const side = modules.size + 2 * QUIET;
  const cells = Array.from({ length: modules.size * modules.size }, (_, at) => [Math.floor(at / modules.size), at % modules.size] as const);
  const path = cells.filter(([y, x]) => modules.get(y, x)).map(([y, x]) => `M${x + QUIET} ${y + QUIET}h1v1h-1z`).join('');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${path}"/></svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}
