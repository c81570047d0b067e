export default function Settings({ page }: { page: string | undefined }) { return <p>{page}</p>; }
