import { describe, expect, it } from 'vitest';
import { createTranscript } from './transcript.ts';

const text = (transcript: { blob(): Blob }) => transcript.blob().text();
const bytes = (given: string) => new TextEncoder().encode(given);

describe('a transcript', () => {
  it('holds the newest bytes and says when older ones are gone', async () => {
    const transcript = createTranscript(10);
    transcript.add(bytes('12345'));
    transcript.add(bytes('67890'));
    expect([await text(transcript), transcript.cut]).toEqual(['1234567890', false]);
    transcript.add(bytes('a'));
    expect([await text(transcript), transcript.cut]).toEqual(['67890a', true]);
    transcript.clear();
    expect([await text(transcript), transcript.cut]).toEqual(['', false]);
  });
});
