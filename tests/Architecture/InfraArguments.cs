using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MlOps.Architecture;

/// <summary>The arguments of one object of the provider: known, complete, and with values that the provider takes.</summary>
internal sealed class InfraArguments(PulumiSchema schema, PulumiNames names, string type)
{
    public IEnumerable<string> ProblemsOf(BaseObjectCreationExpressionSyntax creation)
    {
        AssignmentExpressionSyntax[] given = [.. creation.Initializer?.Expressions.OfType<AssignmentExpressionSyntax>() ?? []];
        string[] later = [.. GivenLater(creation)];
        IEnumerable<string> set = given.Select(a => a.Left.ToString()).Concat(later);
        return schema.Required(type).Except(set).Select(missing => $"{type} needs {missing}")
            .Concat(later.Where(name => schema.Argument(type, name) is null).Select(Unknown))
            .Concat(given.SelectMany(ProblemsOf));
    }

    /// <summary>Arguments of an object in a variable that statements after it name.</summary>
    private static IEnumerable<string> GivenLater(BaseObjectCreationExpressionSyntax creation) =>
        creation.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax variable }
            ? variable.FirstAncestorOrSelf<BaseMethodDeclarationSyntax>()!.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
                .Where(m => m.Expression.ToString() == variable.Identifier.Text).Select(m => m.Name.ToString()).Distinct()
            : [];

    private IEnumerable<string> ProblemsOf(AssignmentExpressionSyntax assignment)
    {
        string name = assignment.Left.ToString();
        return schema.Argument(type, name) is { } argument
            ? Values(assignment.Right).Select(v => ProblemOf(argument, v)).OfType<string>().Select(p => $"{type}.{name} {p}")
            : [Unknown(name)];
    }

    private string Unknown(string name) => $"{type} has no {name}; it has {string.Join(", ", schema.Args[type].Keys)}";

    /// <summary>The expressions that become values: of a collection its elements, of a choice its branches.</summary>
    private static IEnumerable<ExpressionSyntax> Values(ExpressionSyntax expression) => expression switch
    {
        InitializerExpressionSyntax list => list.Expressions.SelectMany(Values),
        CollectionExpressionSyntax list => list.Elements.OfType<ExpressionElementSyntax>().SelectMany(e => Values(e.Expression)),
        ArrayCreationExpressionSyntax { Initializer: { } list } => list.Expressions.SelectMany(Values),
        AssignmentExpressionSyntax entry => Values(entry.Right),
        ConditionalExpressionSyntax choice => Values(choice.WhenTrue).Concat(Values(choice.WhenFalse)),
        _ => [expression],
    };

    private string? ProblemOf(PulumiArgument argument, ExpressionSyntax value) => value switch
    {
        LiteralExpressionSyntax literal => ProblemOf(argument, literal),
        ObjectCreationExpressionSyntax made => argument.Types.Contains(made.Type.ToString().Split('.')[^1]) ? null : $"takes {argument.Element}, not {made.Type}",
        MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax owner } member when argument.Enum is { } wanted && names.EnumsCalled(owner.ToString()).Any() =>
            Problem(wanted, names.EnumsCalled(owner.ToString()), member.Name.ToString()),
        _ => null,
    };

    private string? Problem(string wanted, IEnumerable<string> named, string member) =>
        !named.Contains(wanted) ? $"takes {wanted}, not {named.First()}"
        : schema.Enums[wanted].ContainsKey(member) ? null
        : $"has the value {wanted}.{member}, which is none of {string.Join(", ", schema.Enums[wanted].Keys)}";

    private string? ProblemOf(PulumiArgument argument, LiteralExpressionSyntax literal) => literal.Kind() switch
    {
        SyntaxKind.StringLiteralExpression => ProblemOf(argument, literal.Token.ValueText),
        SyntaxKind.TrueLiteralExpression or SyntaxKind.FalseLiteralExpression => argument.Element == "boolean" ? null : $"takes {argument.Element}, not {literal}",
        SyntaxKind.NumericLiteralExpression => argument.Element == "number" ? null : $"takes {argument.Element}, not {literal}",
        _ => null,
    };

    private string? ProblemOf(PulumiArgument argument, string text)
    {
        if (!argument.TakesText)
            return $"takes {argument.Element}, not the text '{text}'";
        if (argument.Const is { } fixedText)
            return text == fixedText ? null : $"must be '{fixedText}', not '{text}'";
        return argument.Enum is not { } name || schema.Enums[name].ContainsValue(text)
            ? null
            : $"is '{text}', which is none of {string.Join(", ", schema.Enums[name].Values)}";
    }
}
