import { StringDecoder } from 'node:string_decoder';

export interface LineSplitter {
  push(chunk: Uint8Array): void;
  /** Hands over what came after the last line break. */
  end(): void;
}

/** A child that prints without a line break must not fill the memory of main. */
const MAX_LINE_CHARACTERS = 2000;

/** Cuts a stream of bytes into lines of text; what is beyond the limit of a line is dropped and marked. */
export function createLineSplitter(onLine: (line: string) => void): LineSplitter {
  const decoder = new StringDecoder('utf8');
  let line = '';
  let cut = false;

  const append = (text: string): void => {
    const room = MAX_LINE_CHARACTERS - line.length;
    if (text.length > room) cut = true;
    line += text.slice(0, room);
  };
  const flush = (): void => {
    const text = line.trimEnd();
    if (text !== '') onLine(cut ? `${text} …` : text);
    line = '';
    cut = false;
  };

  return {
    push: (chunk) => {
      const pieces = decoder.write(chunk).split('\n');
      for (const [index, piece] of pieces.entries()) {
        append(piece);
        if (index < pieces.length - 1) flush();
      }
    },
    end: () => {
      append(decoder.end());
      flush();
    },
  };
}
