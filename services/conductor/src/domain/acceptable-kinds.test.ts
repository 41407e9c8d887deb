import { expect, test } from 'vitest';
import { acceptableForContainer, acceptableKinds } from './acceptable-kinds.ts';

test('the route decides between connecting and relaying, and every exclusion has its reason', () => {
  expect(acceptableKinds('graphical', 'direct', true).kinds).toEqual(['tcp', 'container']);
  expect(acceptableKinds('graphical', 'relay', true).kinds).toEqual(['relay', 'container']);
  expect(acceptableKinds('graphical', 'auto', true)).toEqual({
    kinds: ['tcp', 'relay', 'container'],
    excluded: [],
  });
  expect(acceptableKinds('graphical', 'relay', false)).toEqual({
    kinds: ['relay'],
    excluded: [
      { kind: 'tcp', why: 'The route of this node is relay.' },
      { kind: 'container', why: 'No container provider is configured.' },
    ],
  });
  expect(acceptableKinds('serial', 'auto', true).kinds).toEqual(['tcp', 'relay']);
});

test('a container is reached the way its node is', () => {
  expect(acceptableForContainer('direct')).toEqual(['tcp']);
  expect(acceptableForContainer('relay')).toEqual(['relay']);
  expect(acceptableForContainer('auto')).toEqual(['tcp', 'relay']);
});
