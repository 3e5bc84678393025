export default function Page() {
  return <h1>My shop</h1>;
}
