/** Which methods an address takes: what a 405 has to say. Fastify's router knows routes, but tells of none. */

interface Route {
  pattern: RegExp;
  methods: Set<string>;
}

export class RouteMethods {
  readonly #routes = new Map<string, Route>();

  /** Notes a route; `url` is written as Fastify has it: `/v1/rooms/:room`, `/in/:account/*`. */
  add(url: string, methods: readonly string[]): void {
    const route = this.#routes.get(url) ?? { pattern: toPattern(url), methods: new Set() };
    for (const method of methods) route.methods.add(method);
    this.#routes.set(url, route);
  }

  /** The methods of every route that the path leads to, in order; none where nothing is. */
  of(path: string): string[] {
    const found = [...this.#routes.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].toSorted();
  }
}

function toPattern(url: string): RegExp {
  const source = url
    .split(/(:\w+(?:\([^)]*\))?|\*)/)
    .map((part) => {
      if (part === '*') return '.*';
      return part.startsWith(':') ? '[^/]+' : RegExp.escape(part);
    })
    .join('');
  return new RegExp(`^${source}$`, 'u');
}
