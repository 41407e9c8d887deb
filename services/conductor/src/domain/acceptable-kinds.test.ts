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
      { kind: 'tcp', why: expect.stringMatching(/the route is relay; .*--route direct.*CONSOLEMESH_ROUTE/) },
      { kind: 'container', why: 'No container provider is configured.' },
    ],
  });
  expect(acceptableKinds('graphical', 'direct', true).excluded).toMatchObject([
    { kind: 'relay', why: expect.stringContaining('--route relay') },
  ]);
  expect(acceptableKinds('serial', 'auto', true).kinds).toEqual(['tcp', 'relay']);
});

test('a serial line that only its driver can reach is had whatever the route is, and not past a driver that has to carry it', () => {
  expect(acceptableKinds('serial', 'direct', true).kinds).toEqual(['tcp', 'relay']);
  expect(acceptableKinds('serial', 'relay', true).kinds).toEqual(['relay']);
});

test('a container is reached the way its node is', () => {
  expect(acceptableForContainer('direct')).toEqual(['tcp']);
  expect(acceptableForContainer('relay')).toEqual(['relay']);
  expect(acceptableForContainer('auto')).toEqual(['tcp', 'relay']);
});
