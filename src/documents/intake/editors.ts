/** Programs that change pictures, as they name themselves in metadata. Cameras and phones write their firmware there. */
const EDITORS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Adobe Lightroom', /lightroom/i],
  ['Adobe Photoshop', /photoshop|adobe (?:imageready|firefly|express)/i],
  ['Affinity Photo', /affinity/i],
  ['Canva', /\bcanva\b/i],
  ['Capture One', /capture one/i],
  ['Corel', /\bcorel|paint ?shop/i],
  ['darktable', /darktable/i],
  ['FaceApp', /\bfaceapp\b/i],
  ['Facetune', /facetune/i],
  ['GIMP', /\bgimp\b/i],
  ['ImageMagick', /imagemagick|graphicsmagick/i],
  ['Inkscape', /inkscape/i],
  ['Krita', /\bkrita\b/i],
  ['Luminar', /\bluminar\b/i],
  ['Meitu', /\bmeitu/i],
  ['Paint.NET', /paint\.net/i],
  ['Photopea', /photopea/i],
  ['PhotoScape', /photoscape/i],
  ['PicsArt', /picsart/i],
  ['Pixelmator', /pixelmator/i],
  ['Pixlr', /\bpixlr/i],
  ['Polarr', /\bpolarr/i],
  ['Snapseed', /snapseed/i],
  ['VSCO', /\bvsco\b/i],
];

/** The editor's own name from the table, never the text as it stood: that may say anything about anybody. */
export function editorNamedIn(texts: readonly string[]): string | undefined {
  return EDITORS.find(([, pattern]) => texts.some((text) => pattern.test(text)))?.[0];
}
