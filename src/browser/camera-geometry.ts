/** From what is seen on the screen to pixels of the camera. Pure. */

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Where a frame drawn over a video lies in the video's own pixels, with some room around it, cut off at the picture's
 * edges. All of the video is seen in its stage (`object-fit: contain`).
 * @param frame in the same coordinates as the stage
 * @param margin share of the frame's size that is added on each side
 */
export function cropOf(video: Size, stage: Rect, frame: Rect, margin: number): Rect {
  const scale = Math.min(stage.width / video.width, stage.height / video.height);
  const left = (frame.x - stage.x - (stage.width - video.width * scale) / 2) / scale;
  const top = (frame.y - stage.y - (stage.height - video.height * scale) / 2) / scale;
  const [width, height] = [frame.width / scale, frame.height / scale];
  const x = clamp(left - width * margin, video.width);
  const y = clamp(top - height * margin, video.height);
  return {
    x,
    y,
    width: clamp(left + width * (1 + margin), video.width) - x,
    height: clamp(top + height * (1 + margin), video.height) - y,
  };
}

/**
 * The largest frame of one shape that leaves some of the video around it, as it is seen in its stage.
 * @param shape width by height
 */
export function frameIn(video: Size, stage: Size, shape: number): Size {
  const scale = Math.min(stage.width / video.width, stage.height / video.height);
  const width = Math.min(video.width * scale * FRAME_WIDTH, video.height * scale * FRAME_HEIGHT * shape);
  return { width, height: width / shape };
}

/** Shares of the video that a frame may take: less of its height, where words stand above and below. */
const FRAME_WIDTH = 0.92;
const FRAME_HEIGHT = 0.84;

/** The size with its long side at most `longest`, at least 1 pixel a side. */
export function fitted({ width, height }: Size, longest: number): Size {
  const scale = Math.min(1, longest / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(0, value), most);
}
