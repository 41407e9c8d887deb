/** The pages of Debian's noVNC: installed, or unpacked by `npm test`; undefined when they are nowhere. */
export function novncFolder(): string | undefined;
