/** The code to scan, with a ring that tells how long it holds. The drawing code is loaded only here. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { WireLoginStep } from '../../../../src/faces/rest/schemas/account.ts';
import { words } from '../../i18n/words.ts';

type QrStep = Extract<WireLoginStep, { type: 'qr' }>;

/** Modules of white around the code that scanners want. @see ISO/IEC 18004, 5.3.8 */
const quietZone = 4;
const ringRadius = 9;
const ringLength = 2 * Math.PI * ringRadius;

export function QrCode({ step }: { step: QrStep }) {
  const text = words().connect;
  const drawn = useSignal<{ data: string; size: number; path: string } | undefined>(undefined);

  useEffect(() => {
    let stale = false;
    void import('uqr').then(({ encode }) => {
      if (stale) return;
      const { data: modules, size } = encode(step.data, { border: quietZone });
      drawn.value = { data: step.data, size, path: toPath(modules) };
    });
    return () => {
      stale = true;
    };
  }, [step.data]);

  const code = drawn.value;
  return (
    <section class="panel qr">
      <div class="qr-picture" {...(code !== undefined && { 'data-code': code.data })}>
        {code !== undefined && (
          <svg viewBox={`0 0 ${code.size} ${code.size}`} role="img" aria-label={text.qrLabel}>
            <rect width={code.size} height={code.size} fill="#fff" />
            <path d={code.path} fill="#000" shape-rendering="crispEdges" />
          </svg>
        )}
      </div>
      <div class="stack tight">
        <h2>{text.scan}</h2>
        <p class="soft">{text.scanText}</p>
        <Age
          key={step.data}
          {...(step.expiresAt !== undefined && { expiresAt: Date.parse(step.expiresAt) })}
        />
      </div>
    </section>
  );
}

function toPath(modules: readonly (readonly boolean[])[]): string {
  let path = '';
  for (const [y, row] of modules.entries()) {
    for (const [x, dark] of row.entries()) if (dark) path += `M${x} ${y}h1v1h-1z`;
  }
  return path;
}

/** How long the code holds, where the network says so; else for how long it has been here. */
function Age({ expiresAt }: { expiresAt?: number }) {
  const text = words().connect;
  const now = useSignal(Date.now());
  const shownAt = useSignal(Date.now()).value;
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  if (expiresAt === undefined) {
    return <p class="small soft numbers">{text.shownFor(Math.floor((now.value - shownAt) / 1000))}</p>;
  }
  const leftMs = Math.max(0, expiresAt - now.value);
  const share = Math.min(1, leftMs / Math.max(1, expiresAt - shownAt));
  return (
    <p class="row small soft numbers">
      <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true" class="ring">
        <circle cx="12" cy="12" r={ringRadius} class="ring-all" />
        <circle
          cx="12"
          cy="12"
          r={ringRadius}
          class="ring-left"
          stroke-dasharray={`${ringLength * share} ${ringLength}`}
          transform="rotate(-90 12 12)"
        />
      </svg>
      {leftMs === 0 ? text.expired : text.expires(Math.ceil(leftMs / 1000))}
    </p>
  );
}
