using System.Globalization;
using System.Text.Json.Nodes;

namespace MlOps.Api.Protocols.Mlflow.Graph;

/// <summary>
/// Reads a GraphQL query into the fields that it asks for: with aliases, variables, fragments, <c>@include</c> and <c>@skip</c>. Types are
/// not looked at. Limits are those of MLflow's server.
/// </summary>
internal sealed class GraphQuery
{
    private const int MaxDepth = 10;
    private const int MaxSelections = 1_000;
    private const int MaxRoots = 10;

    /// <summary>Lists and objects within each other in an argument.</summary>
    private const int MaxValueDepth = 20;

    /// <summary>Values of arguments; of variables, which are copied wherever they stand, each use counts.</summary>
    private const int MaxValues = 10_000, MaxVariables = 100;

    private readonly List<GraphToken> _tokens;
    private readonly JsonObject _variables;
    private readonly Dictionary<string, int> _fragments = new(StringComparer.Ordinal);
    private int _at;
    private int _selections;
    private int _values;
    private int _variablesUsed;

    private GraphQuery(string text, JsonObject variables) => (_tokens, _variables) = (GraphTokens.Of(text), variables);

    /// <param name="operation">The name of the one that is meant of several; null for the first.</param>
    /// <exception cref="MlOpsException">Invalid <c>graphql-invalid</c>.</exception>
    public static IReadOnlyList<GraphField> Read(string text, string? operation, JsonObject variables)
    {
        var query = new GraphQuery(text, variables);
        query._at = query.Find(operation);
        List<GraphField> roots = query.Selections(1);
        return roots.Count <= MaxRoots ? roots : throw GraphError.Of($"it has {roots.Count} root fields, at most {MaxRoots} are allowed");
    }

    private GraphToken Current => _tokens[_at];

    /// <summary>Where the fields of the operation begin; on the way it notes the fragments, and defaults of variables.</summary>
    private int Find(string? operation)
    {
        int found = -1;
        while (Current.Kind != GraphTokenKind.End)
        {
            bool isFragment = TakeName("fragment");
            string? name = null;
            if (isFragment)
            {
                _fragments[name = Name()] = 0;
                TakeName("on");
                Name();
            }
            else if (Current.Kind == GraphTokenKind.Name)
            {
                // MLflow's schema has its searches as mutations.
                if (Name() is not ("query" or "mutation") and { } other)
                    throw GraphError.Of($"'{other}' is not answered here, only queries are");
                name = Current.Kind == GraphTokenKind.Name ? Name() : null;
                Definitions();
            }

            Directives();
            if (isFragment)
                _fragments[name!] = _at;
            else if (found < 0 && (operation is null || name == operation))
                found = _at;
            SkipBraces();
        }

        return found >= 0 ? found : throw GraphError.Of(operation is null ? "it asks for nothing" : $"it has no operation '{operation}'");
    }

    private void Definitions()
    {
        if (!Take("("))
            return;
        while (!Take(")"))
        {
            Expect("$");
            string name = Name();
            Expect(":");
            while (Current.Kind == GraphTokenKind.Name || Current.Text is "[" or "]" or "!")
                _at++;
            if (Take("=") && Value() is var value && !_variables.ContainsKey(name))
                _variables[name] = value;
        }
    }

    private List<GraphField> Selections(int depth)
    {
        if (depth > MaxDepth)
            throw GraphError.Of($"it is more than {MaxDepth} fields deep");
        var fields = new List<GraphField>();
        Expect("{");
        while (!Take("}"))
        {
            if (++_selections > MaxSelections)
                throw GraphError.Of($"it asks for more than {MaxSelections} fields");
            if (Take("..."))
                fields.AddRange(Fragment(depth));
            else if (Field(depth) is { } field)
                fields.Add(field);
        }

        return fields;
    }

    private GraphField? Field(int depth)
    {
        string alias = Name();
        string name = Take(":") ? Name() : alias;
        var arguments = new JsonObject();
        if (Take("("))
        {
            while (!Take(")"))
            {
                string argument = Name();
                Expect(":");
                arguments[argument] = Value();
            }
        }

        bool wanted = Directives();
        IReadOnlyList<GraphField> inner = Current.Text == "{" && Current.Kind == GraphTokenKind.Sign ? Selections(depth + 1) : [];
        return wanted ? new GraphField(alias, name, arguments, inner) : null;
    }

    private List<GraphField> Fragment(int depth)
    {
        if (Current.Kind == GraphTokenKind.Name && Current.Text != "on")
        {
            string name = Name();
            bool named = Directives();
            if (!_fragments.TryGetValue(name, out int at) || at == 0)
                throw GraphError.Of($"there is no fragment '{name}'");
            (int back, _at) = (_at, at);
            List<GraphField> fields = Selections(depth + 1);
            _at = back;
            return named ? fields : [];
        }

        if (TakeName("on"))
            Name();
        bool wanted = Directives();
        List<GraphField> inline = Selections(depth + 1);
        return wanted ? inline : [];
    }

    /// <returns>False when one of them says that what follows is not wanted.</returns>
    private bool Directives()
    {
        bool wanted = true;
        while (Take("@"))
        {
            string name = Name();
            if (!Take("("))
                continue;
            while (!Take(")"))
            {
                string argument = Name();
                Expect(":");
                bool isTrue = Value() is JsonValue value && value.TryGetValue(out bool flag) && flag;
                if (argument == "if")
                    wanted &= name switch { "include" => isTrue, "skip" => !isTrue, _ => true };
            }
        }

        return wanted;
    }

    private JsonNode? Value(int depth = 1)
    {
        if (depth > MaxValueDepth)
            throw GraphError.Of($"an argument is more than {MaxValueDepth} lists or objects deep");
        if (++_values > MaxValues)
            throw GraphError.Of($"its arguments have more than {MaxValues:N0} values");
        if (Take("$"))
            return ++_variablesUsed > MaxVariables ? throw GraphError.Of($"it uses variables more than {MaxVariables} times") : _variables.TryGetPropertyValue(Name(), out JsonNode? given) ? given?.DeepClone() : null;
        if (Take("["))
        {
            var list = new JsonArray();
            while (!Take("]"))
                list.Add(Value(depth + 1));
            return list;
        }

        if (Take("{"))
        {
            var fields = new JsonObject();
            while (!Take("}"))
            {
                string name = Name();
                Expect(":");
                fields[name] = Value(depth + 1);
            }

            return fields;
        }

        GraphToken token = Current;
        _at++;
        return token.Kind switch
        {
            GraphTokenKind.Text => token.Text,
            GraphTokenKind.Number when long.TryParse(token.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => whole,
            GraphTokenKind.Number when double.TryParse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) => real,
            GraphTokenKind.Name => token.Text switch { "null" => null, "true" => true, "false" => false, _ => token.Text },
            _ => throw GraphError.Of($"'{token.Text}' stands where a value is expected"),
        };
    }

    private void SkipBraces()
    {
        int depth = 0;
        do
        {
            if (Current.Kind == GraphTokenKind.End)
                throw GraphError.Of("a brace is not closed");
            depth += Current is { Kind: GraphTokenKind.Sign, Text: "{" } ? 1 : Current is { Kind: GraphTokenKind.Sign, Text: "}" } ? -1 : 0;
            _at++;
        }
        while (depth > 0);
    }

    private string Name()
    {
        if (Current.Kind != GraphTokenKind.Name)
            throw GraphError.Of($"expected a name, found '{Current.Text}'");
        return _tokens[_at++].Text;
    }

    private bool TakeName(string name) => Take(GraphTokenKind.Name, name);

    private bool Take(string sign) => Take(GraphTokenKind.Sign, sign);

    private bool Take(GraphTokenKind kind, string text)
    {
        bool taken = Current.Kind == kind && Current.Text == text;
        _at += taken ? 1 : 0;
        return taken;
    }

    private void Expect(string sign)
    {
        if (!Take(sign))
            throw GraphError.Of($"expected '{sign}', found '{Current.Text}'");
    }
}
