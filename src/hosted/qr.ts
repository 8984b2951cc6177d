import qrcode from 'qrcode';

/** Empty modules around a code, without which cameras do not find it (ISO/IEC 18004 section 9.1). */
const QUIET = 4;

/**
 * A QR code as a `data:` address of an SVG picture: level M, dark on white whatever the page's theme, because some
 * cameras do not read it the other way round.
 */
export function qrDataUri(text: string): string {
  const { modules } = qrcode.create(text, { errorCorrectionLevel: 'M' });
  const side = modules.size + 2 * QUIET;
  let path = '';
  for (let y = 0; y < modules.size; y += 1) {
    for (let x = 0; x < modules.size; x += 1) {
      let run = 0;
      while (x + run < modules.size && modules.get(y, x + run)) run += 1;
      if (run > 0) path += `M${x + QUIET} ${y + QUIET}h${run}v1h-${run}z`;
      x += run;
    }
  }
  const frame = `xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges"`;
  const svg = `<svg ${frame}><path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${path}"/></svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}
