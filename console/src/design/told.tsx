/** What went wrong, in words: the first line says it, further lines are the details, and smaller. */
export function Told({ children }: { children: string }) {
  const [first, ...details] = children.split('\n');
  if (details.length === 0) return <>{children}</>;
  return (
    <span class="told">
      <span>{first}</span>
      {details.map((detail) => (
        <span key={detail} class="small anywhere">
          {detail}
        </span>
      ))}
    </span>
  );
}
