/** A seedling on two layers of soil. */
export function Logo({ size = 30 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <path
        d="M16 14.5C16 9.8 12.4 7 7.4 7c0 4.7 3.4 7.5 8.6 7.5Zm0-1.7c0-4 2.9-6.3 7.4-6.3 0 4-2.9 6.3-7.4 6.3Z"
        fill="#a9c77d"
      />
      <path d="M16 12v7" stroke="#a9c77d" strokeWidth="1.8" strokeLinecap="round" />
      <path d="M2 20.3c4.6-2 9 1.3 14 0s9.4-2 14 0v3.2H2Z" fill="#b5713f" />
      <path d="M2 23.3c5 1.5 9-1.2 14 0s9.2 1.5 14 0c-.2 3-2.5 5.2-6 5.2H8c-3.5 0-5.8-2.2-6-5.2Z" fill="#7c4524" />
    </svg>
  );
}
