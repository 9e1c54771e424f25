/** The hutong mark: 互 (mutual), drawn as two courts that share a lane. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <path
        d="M4 6h24M4 26h24M12.6 6 9.4 19h10.4M22.6 13l-1.5 6M12.2 13h10.4l-3.2 13M22.2 26l1.3-5.4"
        fill="none"
        stroke="currentColor"
        stroke-width="2.75"
      />
    </svg>
  );
}
