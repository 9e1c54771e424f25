import assert from 'node:assert/strict';
import test from 'node:test';
import { RouteMethods } from './route-methods.ts';

test('the methods of a path are those of every route that leads there', () => {
  const routes = new RouteMethods();
  routes.add('/v1/rooms/:room', ['GET', 'HEAD']);
  routes.add('/v1/rooms/:room', ['PATCH']);
  routes.add('/v1/rooms/all', ['POST']);
  routes.add('/in/:account/*', ['PUT']);
  routes.add('/a.b', ['GET']);
  routes.add('/v1/events/:position(^\\d+$)', ['GET']);
  assert.deepEqual(routes.of('/v1/rooms/house%2Flobby'), ['GET', 'HEAD', 'PATCH']);
  assert.deepEqual(routes.of('/v1/rooms/all'), ['GET', 'HEAD', 'PATCH', 'POST']);
  assert.deepEqual(routes.of('/in/house/'), ['PUT']);
  assert.deepEqual(routes.of('/in/house/a/b'), ['PUT']);
  assert.deepEqual(routes.of('/v1/events/5'), ['GET']);
  for (const path of ['/v1/rooms', '/v1/rooms/', '/v1/rooms/a/b', '/axb', '/in/house', '']) {
    assert.deepEqual(routes.of(path), [], path);
  }
});
